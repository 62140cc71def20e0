use crate::lower;
use ir::Language;

#[track_caller]
fn gives(source: &str, expected: &str) {
    let dump = lower("schema.prisma", Language::Sql, source).dump();
    let dump = dump.strip_prefix("fn#0 module\n").unwrap_or(&dump);
    let lines: Vec<&str> = dump.lines().map(str::trim).collect();
    let expected: Vec<&str> = expected.lines().map(str::trim).collect();
    assert_eq!(lines, expected, "{source}");
}

#[test]
fn models_become_tables_with_their_keys() {
    gives(
        r#"datasource db { provider = "postgresql" }
        enum Role { ADMIN USER }
        model User {
          id    Int     @id @default(autoincrement()) // a comment
          mail  String  @unique @map("e_mail") @db.VarChar(255)
          role  Role    @default(USER)
          notes String[]
          posts Post[]
          @@map("users")
        }
        model Post {
          id       String @default(dbgenerated("gen()"))
          authorId Int?   @map("author_id")
          author   User?  @relation(fields: [authorId], references: [id],
                                    onDelete: Cascade)
          tags     Tag[]
          @@id([id, authorId])
          @@index([authorId, id(sort: Desc)], map: "newest")
          @@index([id(ops: raw("gin_trgm_ops"))], type: Gin)
          @@unique([authorId])
        }"#,
        "entity User
         table users
         id int not null
         e_mail varchar not null
         role role not null
         notes string not null
         primary id
         unique e_mail
         mail is e_mail
         list of Post
         entity Post
         table post
         id string not null
         author_id int
         primary id author_id
         index author_id id desc
         index id
         unique author_id
         foreign key author_id -> User
         authorId is author_id
         list of Tag",
    );
}

#[test]
fn any_text_ends() {
    for source in
        ["model", "model A {", "model A { @@index([", "model A { b \"", "@@@", "model A { a B @x(((((((((((", "é"]
    {
        lower("schema.prisma", Language::Sql, source);
    }
    let deep = format!("model A {{ a Int @x({}", "[".repeat(100_000));
    lower("schema.prisma", Language::Sql, &deep);
}
