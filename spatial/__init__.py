"""Space and numbers: metres, cells, wards, light, rates. Knows no user, request, session or table."""
