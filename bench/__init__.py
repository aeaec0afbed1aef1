"""What is measured, beside what: `make bench`. One module per benchmark, each with `measure() -> list[Measurement]`."""
