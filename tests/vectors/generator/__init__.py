"""How the vectors are made: `make` builds frames byte by byte, `suite` collects cases with what
must come out of each, `cases_*` are the cases, `binary` and `examples` other forms of them."""
