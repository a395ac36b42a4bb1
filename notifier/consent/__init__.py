"""What a holder is asked and answers: links, forms, pages and standings; knows no HTTP server."""
