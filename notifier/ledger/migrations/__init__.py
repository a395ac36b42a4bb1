"""What leads from one format of the tables to the next; a revision is frozen once it is landed."""
