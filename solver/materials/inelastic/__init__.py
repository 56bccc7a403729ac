"""What a material remembers: sections of the case file, each with the data that its law takes, one a file."""
