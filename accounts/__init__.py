"""Who is who, and what may they do: units, offices, people, posts, sign-in."""
