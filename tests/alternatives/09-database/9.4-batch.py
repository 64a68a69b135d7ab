# Exercise 9.4
import sqlalchemy as sa
from alembic import op


def upgrade():
    with op.batch_alter_table("trail") as batch:
        batch.add_column(sa.Column("difficulty", sa.String(length=10)))
    op.execute("UPDATE trail SET difficulty = 'moderate'")
    with op.batch_alter_table("trail") as batch:
        batch.alter_column("difficulty", existing_type=sa.String(length=10), nullable=False)
    op.create_table(
        "report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("trail_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["trail_id"], ["trail.id"]),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade():
    op.drop_table("report")
    with op.batch_alter_table("trail") as batch:
        batch.drop_column("difficulty")
