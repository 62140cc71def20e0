fn sql(table: &str, limit: u32) -> String {
    let a = format!("SELECT * FROM {} WHERE id = {}", table, id());
    let b = format!("SELECT * FROM {table} LIMIT {limit:>5}");
    let c = format!("{0} {1} {0} {name}", table, next(), name = compute());
    let d = format!("{{literal}} {}\n\"x\" {}", limit, "lit");
    let e = format!(r#"{{"k": "{}"}}"#, table);
    let f = format!("{:.*} {:?}", 2, ratio, limit);
    let g = format!("{} {}", table);
    let h = format!("no holes", extra());
    let i = format!("ü {table} ü");
    let j = format!("{1} {1}", first(), second());
    let k = format!(
        "SELECT a, \
         b FROM {table}"
    );
    let l = format!("{table");
    panic!("{e}")
}
