"""时限: reminders before and after a desk's limit, reports upwards, and 催办 by the clerk. Silence approves nothing."""
