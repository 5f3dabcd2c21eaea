"""`python -m voxhumana_train`."""

from .cli import main

main()
