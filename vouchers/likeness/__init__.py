"""Whether two pages show the same paper: a mark for each page finds candidates, a comparison of pictures decides."""
