"use client";
import { Card } from "./card";
import * as ui from "./ui";

export default function Page({ items }: { items: Item[] }) {
  return (
    <>
      <Card title="Hello &amp; bye" open onClick={() => go()} {...rest}>
        Some text
        {items.map((item) => (
          <ui.Row.Cell key={item.id} header={<b>x</b>} />
        ))}
        {/* nothing */}
      </Card>
      <svg xlink:href="#a" />
    </>
  );
}
