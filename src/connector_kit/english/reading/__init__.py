"""From the text of an automation to a tree of what it says; nothing here knows an action."""
