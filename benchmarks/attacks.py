"""What becomes of attacks and of honest mail, without sockets: python benchmarks/attacks.py

Attacks are answers of a compromised model to honest questions, and, where the collection of attack mails lies beside
the project, those mails with a model that does what each of them asks. A violation is a promise that what would leave
breaks, as a judge sees it that knows nothing of the program (tests/support/hostile/judge.py).
"""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support.hostile.answers import outcomes
from tests.support.hostile.attacks import attacks, ordinary
from tests.support.hostile.compromised import examples, in_our_words, outputs, said
from tests.support.hostile.fast import US, Judged, judge, language_for, mail_of, prompt_for
from tests.support.hostile.honest import acknowledges
from tests.support.hostile.obedient import WAYS, mail_in, obey, shown_in
from tests.support.hostile.place import QUESTIONS
from tests.support.model_server import ANALYSIS

from repondeur.policy.facts import ReplyMode

MODES: Final[tuple[ReplyMode, ...]] = ("strict", "free")
VERDICTS: Final = ("answer", "draft", "hold", "ignore", "unusable")


def compromised(mode: ReplyMode) -> Iterator[Judged]:
    for question in QUESTIONS:
        for output in [*outputs(question), *(in_our_words(one, question) for one in examples())]:
            if text := said(output.step):
                yield judge(mail_of(question), text, mode)


def obedient(mode: ReplyMode) -> Iterator[Judged]:
    for attack in attacks():
        raw = attack.mail(to=US)
        prompt, language = prompt_for(raw), language_for(raw)
        for way in WAYS:
            yield judge(raw, obey(mail_in(prompt), shown_in(prompt), language, way), mode)


def ordinary_mail(mode: ReplyMode) -> Iterator[Judged]:
    for number, one in enumerate(ordinary()):
        yield judge(one.mail(to=US), acknowledges(one.subject, number), mode)


def decent(mode: ReplyMode) -> Iterator[Judged]:
    for question in QUESTIONS:
        fields = {**ANALYSIS, "language": question.language, "reply": question.reply, "passages": [question.passage]}
        yield judge(mail_of(question), json.dumps(fields), mode)


ROWS: Final[dict[str, Callable[[ReplyMode], Iterable[Judged]]]] = {
    "compromised model": compromised,
    "obedient model, collected attacks": obedient,
    "honest model, ordinary mails": ordinary_mail,
    "honest model, questions": decent,
}


def main() -> None:
    print(f"{'':36} mode    mails " + "".join(f"{verdict:>9}" for verdict in VERDICTS) + " violations  normal way")
    for name, judged_by in ROWS.items():
        for mode in MODES:
            found = list(judged_by(mode))
            if not found:
                print(f"{name:36} {mode:6}  the collection is not there")
                continue
            counts = Counter(one.verdict for one in found)
            broken = sum(bool(one.broken) for one in found)
            normal = 1 - sum(one.suspected for one in found) / len(found)
            shown = "".join(f"{counts[verdict]:9}" for verdict in VERDICTS)
            way = f"{normal:10.1%}" if name.startswith("honest") else ""
            print(f"{name:36} {mode:6} {len(found):6} {shown} {broken:10}  {way}")
    for mode in MODES:
        results = list(outcomes(mode))
        sent = sum(one.verdict == "answer" for one in results)
        print(f"honest answers of six trades, {mode}: {sent} of {len(results)} sent ({sent / len(results):.1%})")


if __name__ == "__main__":
    main()
