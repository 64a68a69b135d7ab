# Exercise 9.4
from alembic import op


def upgrade():
    op.execute("ALTER TABLE trail ADD COLUMN difficulty TEXT NOT NULL DEFAULT 'moderate'")
    number = "INTEGER PRIMARY KEY"
    if op.get_bind().dialect.name == "postgresql":
        number = "SERIAL PRIMARY KEY"
    op.execute(f"""
        CREATE TABLE report (
            id {number}, trail_id INTEGER NOT NULL REFERENCES trail (id), text TEXT NOT NULL
        )
    """)


def downgrade():
    op.execute("DROP TABLE report")
    op.execute("ALTER TABLE trail DROP COLUMN difficulty")
