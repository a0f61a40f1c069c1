"""A DNS server for TXT records on loopback, over UDP (RFC 1035, 4.2.1). Strict: a query that a resolver should not
send ends the test."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import dns.asyncresolver
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset


@dataclass
class DnsServer(asyncio.DatagramProtocol):
    """records: TXT records by name. silent: names that get no answer. asked: names, in order. wrong: what was wrong
    with queries."""

    records: Mapping[str, Sequence[str]]
    silent: frozenset[str] = frozenset()
    ttl: int = 300
    asked: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    port: int = 0

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        name = self._checked(query)
        self.asked.append(name)
        if name in self.silent:
            return
        answer = dns.message.make_response(query, recursion_available=True)
        texts = self.records.get(name)
        if texts is None:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        elif texts:
            # A string has 255 octets at most (RFC 1035, 3.3.14): long keys are written as several.
            written = [" ".join(f'"{text[at : at + 255]}"' for at in range(0, len(text), 255)) for text in texts]
            answer.answer.append(dns.rrset.from_text_list(query.question[0].name, self.ttl, "IN", "TXT", written))
        self._transport.sendto(answer.to_wire(), address)

    def _checked(self, query: dns.message.Message) -> str:
        if query.opcode() != dns.opcode.QUERY or len(query.question) != 1 or query.flags & dns.flags.QR:
            self.wrong.append("no query")
        question = query.question[0]
        if question.rdtype != dns.rdatatype.TXT or question.rdclass != dns.rdataclass.IN:
            self.wrong.append(f"asks for {question.rdtype!r}")
        if not query.flags & dns.flags.RD:
            self.wrong.append("wants no recursion")
        return question.name.to_text(omit_final_dot=True)


@asynccontextmanager
async def dns_server(records: Mapping[str, Sequence[str]], silent: Sequence[str] = ()) -> AsyncIterator[DnsServer]:
    server = DnsServer(records, frozenset(silent))
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: server, local_addr=("127.0.0.1", 0)
    )
    try:
        yield server
        assert server.wrong == []
    finally:
        transport.close()


def resolver_of(server: DnsServer) -> dns.asyncresolver.Resolver:
    """Asks that server alone."""
    resolver = dns.asyncresolver.Resolver(configure=False)
    resolver.nameservers = ["127.0.0.1"]
    resolver.port = server.port
    return resolver
