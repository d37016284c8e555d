"""Write the reference pages from the code: commands, columns, analyses, reasons.

Run by ``make docs``; a test fails when a page differs from what this writes.
"""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

import typer

from cladist import schema
from cladist.analyses import ANALYSES
from cladist.cli.app import app
from cladist.sources.batching import REASONS
from cladist.vocab import METHODS, RELATIONS, TRAITS

HERE = Path(__file__).resolve().parent
MARK = "<!-- written by docs/generate.py: edit the code, then run make docs -->\n\n"


def commands() -> str:
    """Return the page of commands: words, arguments and options of each."""
    lines = [MARK, "# Commands\n\n"]
    group = typer.main.get_command(app)
    for name, command in sorted(group.commands.items()):  # type: ignore[attr-defined]
        lines.append(f"## cladist {name}\n\n{inspect.cleandoc(command.help or '')}\n\n")
        lines.append("| option | meaning | default |\n|---|---|---|\n")
        for option in command.params:
            if option.name == "help":
                continue
            words = getattr(option, "help", "") or ""
            default = "" if option.default is None or option.required else f"`{option.default}`"
            flags = ", ".join(f"`{o}`" for o in [*option.opts, *option.secondary_opts])
            if option.param_type_name == "argument":
                flags = f"`{(option.metavar or option.name)}`"
            lines.append(f"| {flags} | {words.replace('|', chr(92) + '|')} | {default} |\n")
        lines.append("\n")
    return "".join(lines)


def columns() -> str:
    """Return the page of tables and columns."""
    lines = [MARK, "# Tables and columns of a snapshot\n\n"]
    lines.append(
        "A snapshot is a directory of Parquet files, `manifest.json` and `arrays/` (the lineage "
        "as `.npy` arrays). Null is unknown, never empty. Types: `text`, `texts` (list), `node` "
        "(int32), `count` (int64), `real` (float64), `flag` (bool), `time` (UTC, microseconds).\n\n"
    )
    for table in (*schema.TABLES.values(), *schema.OPTIONAL.values()):
        lines.append(f"## {table.name}\n\nA row is {table.row}.\n\n")
        lines.append("| column | type | unit | meaning | null |\n|---|---|---|---|---|\n")
        lines += [
            f"| `{c.name}` | {c.type} | {c.unit} | {c.meaning} | {c.null} |\n"
            for c in table.columns
        ]
        lines.append("\n")
    lines.append("## Words\n\n**Relations**: " + ", ".join(f"`{r}`" for r in RELATIONS) + ".\n\n")
    lines.append("**Traits**: " + ", ".join(f"`{t}`" for t in TRAITS) + ".\n\n")
    lines.append("| method | default confidence | meaning |\n|---|---|---|\n")
    lines += [f"| `{m.name}` | {m.confidence} | {m.meaning} |\n" for m in METHODS.values()]
    lines.append(
        "\n## Reasons that a source gives in `rejects`\n\n| reason | meaning |\n|---|---|\n"
    )
    lines += [f"| `{k}` | {v} |\n" for k, v in sorted(REASONS.items())]
    return "".join(lines)


def analyses() -> str:
    """Return the page of analyses: the docstring of each function."""
    lines = [MARK, "# Analyses\n\n"]
    lines.append(
        "Each is a function of a snapshot, `cladist.<function>(hub, ...)`, and a command, "
        "`cladist analyze <name> X.snapshot`. Options on the command line have the same names.\n\n"
    )
    for item in ANALYSES.values():
        function = item.load()
        lines.append(f"## {item.name}: `cladist.{item.function}`\n\n")
        lines.append(f"```text\n{inspect.getdoc(function)}\n```\n\n")
        definition = getattr(sys.modules[function.__module__], "_DEFINITION", "")
        lines.append(f"**Definition.** {definition}\n\n")
    return "".join(lines)


PAGES = {"commands.md": commands, "columns.md": columns, "analyses.md": analyses}

if __name__ == "__main__":
    for name, write in PAGES.items():
        (HERE / name).write_text(write(), encoding="utf-8")
        print(f"wrote docs/{name}")
