"""How derived values are found: arithmetic (`plan`) and the rules that propose."""
