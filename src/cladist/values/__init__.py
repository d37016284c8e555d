"""What strangers wrote, made into values: ids, languages, YAML, cards."""
