"""`python -m simulator` is `tanlu`."""

from simulator.cli import main

if __name__ == "__main__":
    main()
