"""The invented demo boroughs and a season of walks in them: pure, seeded, read by the demo loader."""
