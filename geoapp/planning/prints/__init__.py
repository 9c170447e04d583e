"""What the planning room prints: the map as a picture, and the briefing of a ward."""
