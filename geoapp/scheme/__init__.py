"""The scheme's room: joining a walk and hearing what came of it. Its pages come in a later version."""
