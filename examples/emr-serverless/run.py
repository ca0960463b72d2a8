"""What Spark is given to run: trailmin's own command line, with the arguments of the job."""

from trailmin.cli.main import main

main()
