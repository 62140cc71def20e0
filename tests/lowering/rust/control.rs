fn flow(items: Vec<Item>, rx: Receiver) -> Option<u32> {
    if items.is_empty() {
        return None;
    } else if items.len() > 3 {
        first();
    } else {
        second();
    }
    if let Some(item) = items.first() {
        item.touch();
    } else {
        miss();
    }
    if ready() && let Some(x) = find() && x > 1 {
        use_it(x);
    } else {
        fallback();
    }
    let Some(head) = items.get(0) else {
        log_it();
        return None;
    };
    for (index, item) in items.iter().enumerate() {
        if index == 2 {
            continue;
        }
        item.run(head);
    }
    while let Some(message) = rx.recv() {
        handle(message);
    }
    while count() < 10 {
        step();
    }
    'outer: loop {
        loop {
            break 'outer;
        }
    }
    let found = loop {
        break search();
    };
    let size = if found { 1 } else { 2 };
    let label = match size {
        0 => "none",
        1 | 2 => {
            note();
            "few"
        }
        n if n > 100 => return Some(n),
        n @ 3..=9 => name(n),
        _ => "many",
    };
    unsafe { danger() };
    {
        let size = size + 1;
        inner(size);
    }
    outer(size);
    match label {
        "few" => Some(1),
        other => {
            let item = other?;
            Some(item)
        }
    }
}

fn ends_in_loop(items: &[u8]) {
    for item in items {
        touch(item)
    }
}

fn shadow(value: u32) -> u32 {
    let value = value + 1;
    let value = { value * 2 };
    value
}
