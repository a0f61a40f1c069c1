"""The command line: one file for each command.

A command NAME is the file ``NAME.py`` here, with an ``app = App()`` that holds one function marked ``@app.command()``
(or several, which makes it a group: ``repondeur messages list``), and its name in ``main.COMMANDS``. What ``--help``
says of it stands in the catalogue, area ``help``, in both languages. A file is imported only when its command is used;
what is slow to import is imported inside the functions.

A command gets its settings from ``start.settings()`` or, when it works mail, ``start.settings_with_mailbox()``; it
writes by ``output``. It raises errors of ``repondeur.errors`` and ends with ``typer.Exit(code)``: 0 done, 1 some mail
failed or a check failed, 2 wrong use or settings. ``main`` turns errors into a message and a hint in the person's
language.
"""
