"""The capstone has milestones of one app, and no exercises: all of it is in app.py."""
