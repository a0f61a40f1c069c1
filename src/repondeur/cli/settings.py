"""`repondeur settings`: the settings in effect, secrets masked."""

from typing import Annotated

import typer

from repondeur.cli.frame import App

app = App()


@app.command()
def settings(
    show_source: Annotated[bool, typer.Option("--show-source")] = False,
    schema: Annotated[bool, typer.Option("--schema")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    from repondeur.cli import output, start
    from repondeur.settings import describe

    if schema:
        output.write_json(describe.json_schema(output.language()))
        return
    loaded = start.loaded()
    if as_json:
        output.write_json(describe.as_json(loaded))
        return
    headings = [output.heading("cli.setting"), output.heading("cli.value")]
    rows = [[f"{row.mailbox}: {row.name}" if row.mailbox else row.name, row.value] for row in describe.rows(loaded)]
    if show_source:
        headings.append(output.heading("cli.source"))
        rows = [[*cells, _source(row.source)] for cells, row in zip(rows, describe.rows(loaded), strict=True)]
    output.write_table(headings, rows)


def _source(source: str) -> str:
    """In words, where it is no name of a variable or a file."""
    from repondeur.cli import output

    return output.heading(f"cli.from_{source}") if source in {"default", "environment", "flag"} else source
