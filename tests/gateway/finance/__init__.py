"""The papers: file formats, PDFs, validation."""
