import { Injectable, Controller, Get, Param, Inject } from "@nestjs/common";
import type { Pool } from "pg";

interface Repo<T> extends Base<T> {
  pool: Pool;
  cache?: Map<string, T>;
  find(id: string): Promise<T>;
}

@Injectable()
export class UserService extends Service<User> implements Repo<User>, OnModuleInit {
  static instance: UserService | null = null;
  private readonly cache = new Map<string, User>();
  #secret = 1;
  declare ambient: string;
  @Inject("POOL") pool!: Pool;
  handle = async (id: string) => this.find(id);
  accessor level = 3;

  static {
    var x = 1;
    UserService.instance = new UserService(null, x);
  }

  constructor(private readonly db: Pool, public name: string = "x", plain?: number) {
    super(db);
    this.#secret = plain;
  }

  @Get(":id")
  async find(@Param("id") id: string): Promise<User> {
    const rows = await this.db.query("SELECT * FROM users WHERE id = $1", [id]);
    return super.wrap(rows[0], () => this.#secret);
  }

  get size() {
    return this.cache.size;
  }
  set size(value) {}
  static create() {}
  *[Symbol.iterator]() {}
  #hidden() {}
  abstract later(): void;
}

const Anonymous = class extends UserService {};
const Named = class Inner {
  clone() {
    return new Inner();
  }
};
type User = { id: string };
const User = z.object({ id: z.string() });
