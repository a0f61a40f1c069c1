"""`python -m repondeur`: the same as the command."""

from repondeur.cli.main import main

if __name__ == "__main__":
    main()
