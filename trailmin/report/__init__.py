"""What people and programs read: a module for each subject (its JSON, its tables), and for each form of proposals."""
