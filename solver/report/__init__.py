"""What a person looks at: tables, pictures, one page."""
