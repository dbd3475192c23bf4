"""A store in plain Python: what each engine has to answer, as short as it can be said."""
