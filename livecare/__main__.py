"""Lets `python -m livecare` do what the command `livecare` does."""

from livecare.cli import main

if __name__ == "__main__":
    main()
