"""`python -m trailmin`."""

from trailmin.cli.main import main

if __name__ == "__main__":
    main()
