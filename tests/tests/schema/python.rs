//! Models in Python.

use crate::gives;

#[test]
fn sqlalchemy_maps_classes() {
    gives(
        &[(
            "models.py",
            "from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint, func\n\
             from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column, relationship\n\
             class Base(DeclarativeBase):\n    pass\n\
             class Stamped:\n    created: Mapped[int] = mapped_column(index=True)\n    @declared_attr\n    def by_id(cls) -> Mapped[int]:\n        return mapped_column(ForeignKey('users.id'))\n\
             class User(Base):\n    __tablename__ = 'users'\n    id: Mapped[int] = mapped_column(primary_key=True)\n    mail: Mapped[str | None] = mapped_column('e_mail', String(20), unique=True)\n    posts: Mapped[list['Post']] = relationship()\n\
             class Post(Stamped, Base):\n    __tablename__ = 'posts'\n    id: Mapped[int] = mapped_column(primary_key=True)\n    title: Mapped[str]\n    \
             __table_args__ = (UniqueConstraint('title', 'by_id'), Index('low', func.lower(title), postgresql_where=title.is_(None)), {'schema': 'x'})\n\
             pairs = Table('pairs', Base.metadata, Column('a', Integer, ForeignKey(User.id), primary_key=True), Column('b', Integer, primary_key=True))\n",
        )],
        "table pairs
         column a integer not null -> users
         column b integer not null
         index primary [a] [b]
         foreign key a -> users
         table posts
         column created int not null
         column by_id  -> users
         column id int not null
         column title str not null
         index plain [created]
         index primary [id]
         index unique [title] [by_id]
         index plain [lower(title)] where title is null
         foreign key by_id -> users
         table users
         column id int not null
         column e_mail string
         index primary [id]
         index unique [e_mail]",
    );
}

#[test]
fn sqlmodel_and_flask_name_their_tables() {
    gives(
        &[
            (
                "a.py",
                "from sqlmodel import Field, Relationship, SQLModel\nclass HeroBase(SQLModel):\n    name: str = Field(index=True)\n\
                 class Hero(HeroBase, table=True):\n    id: int | None = Field(default=None, primary_key=True)\n    team_id: int | None = Field(foreign_key='team.id')\n    power: int = 0\n\
                 class HeroPublic(HeroBase):\n    id: int\n",
            ),
            (
                "b.py",
                "from flask_sqlalchemy import SQLAlchemy\ndb = SQLAlchemy()\nclass UserProfile(db.Model):\n    id = db.Column(db.Integer, primary_key=True)\n    user_id = db.Column(db.Integer, db.ForeignKey('user.id'), index=True)\n",
            ),
        ],
        "table hero
         column name str not null
         column id int not null
         column team_id int -> team
         column power int not null
         index plain [name]
         index primary [id]
         foreign key team_id -> team
         table user_profile
         column id integer not null
         column user_id integer -> user
         index primary [id]
         index plain [user_id]
         foreign key user_id -> user",
    );
}

#[test]
fn django_indexes_foreign_keys() {
    gives(
        &[(
            "shop/models.py",
            "from django.db import models\nclass Named(models.Model):\n    name = models.CharField(max_length=9)\n    class Meta:\n        abstract = True\n\
             class Item(Named):\n    slug = models.SlugField()\n    owner = models.ForeignKey('auth.User', on_delete=models.CASCADE)\n    box = models.OneToOneField('Box', on_delete=models.SET_NULL, null=True, db_column='the_box')\n    \
             tags = models.ManyToManyField('Tag')\n    class Meta:\n        unique_together = ('name', 'owner')\n        indexes = [models.Index(fields=['-name', 'owner'], condition=models.Q(box__isnull=True))]\n\
             class Box(models.Model):\n    code = models.IntegerField(primary_key=True)\n    loose = models.ForeignKey(Item, on_delete=models.CASCADE, db_index=False)\n\
             class Tag(models.Model):\n    class Meta:\n        db_table = 'tags'\n",
        )],
        "table shop_box
         column code integerfield not null
         column loose_id foreignkey not null -> shop_item
         index primary [code]
         foreign key loose_id -> shop_item
         table shop_item
         column name charfield not null
         column slug slugfield not null
         column owner_id foreignkey not null -> auth_user
         column the_box onetoonefield -> shop_box
         column id bigint not null
         index plain [slug]
         index plain [slug] varchar_pattern_ops
         index plain [owner_id]
         index unique [the_box]
         index primary [id]
         index unique [name] [owner_id]
         index plain [name] desc [owner_id] where the_box is null
         foreign key owner_id -> auth_user
         foreign key the_box -> shop_box
         table shop_item_tags
         column item_id  -> shop_item
         column tag_id  -> tags
         column id  not null
         index primary [id]
         index unique [item_id] [tag_id]
         index plain [item_id]
         index plain [tag_id]
         foreign key item_id -> shop_item
         foreign key tag_id -> tags
         table tags
         column id bigint not null
         index primary [id]",
    );
}

#[test]
fn peewee_and_tortoise() {
    gives(
        &[
            (
                "a.py",
                "from peewee import CharField, ForeignKeyField, Model\nclass User(Model):\n    name = CharField(unique=True)\n\
                 class Tweet(Model):\n    user = ForeignKeyField(User, backref='tweets')\n    text = CharField()\n    class Meta:\n        table_name = 'tweets'\n        indexes = ((('user', 'text'), True),)\n",
            ),
            (
                "b.py",
                "from tortoise import fields\nfrom tortoise.models import Model\nclass Event(Model):\n    id = fields.IntField(pk=True)\n    cup = fields.ForeignKeyField('models.Cup')\n    name = fields.CharField(9, db_index=True)\n",
            ),
        ],
        "table event
         column id intfield not null
         column cup_id foreignkeyfield not null -> cup
         column name charfield not null
         index primary [id]
         index plain [name]
         foreign key cup_id -> cup
         table tweets
         column user_id foreignkeyfield not null -> user
         column text charfield not null
         column id  not null
         index plain [user_id]
         index unique [user_id] [text]
         index primary [id]
         foreign key user_id -> user
         table user
         column name charfield not null
         column id  not null
         index unique [name]
         index primary [id]",
    );
}
