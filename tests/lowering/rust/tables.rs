diesel::table! {
    use diesel::sql_types::*;

    /// Who writes.
    #[sql_name = "people"]
    users (id) {
        id -> Int4,
        #[sql_name = "type"]
        #[max_length = 20]
        type_ -> Varchar,
        email -> Nullable<Varchar>,
    }
}

mod shop {
    diesel::table! {
        billing.orders (user_id, number) {
            user_id -> Int4,
            number -> Int4,
        }
    }

    diesel::joinable!(orders -> users (user_id));
}

use self::users::dsl::*;
use shop::orders;

fn all(conn: &mut PgConnection) {
    let users = users::table.filter(email.eq("a")).load::<User>(conn);
    let orders = orders::table.inner_join(users::table).filter(orders::user_id.eq(users::id)).load(conn);
}

#[derive(Queryable, Associations)]
#[diesel(belongs_to(User), table_name = crate::shop::orders)]
struct Order {
    user_id: i32,
}
