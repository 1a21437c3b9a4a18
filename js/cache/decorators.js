// @ts-check
/**
 * Decorators of methods, in both of their forms: that of the language, `(method, context)`, and that of TypeScript's
 * `experimentalDecorators` (Nest, TypeORM, Angular), `(target, name, descriptor)`. A decorated method has the name
 * `Class.method`, so that two classes may both have a `get`.
 */
import { ConfigError, describe } from "../messages/errors.js";
import { ownName } from "./unique.js";
import { checkFunction, definitionOf } from "./wrap.js";

/** @typedef {import("./names.js").Wrapping} Wrapping */
/** Wraps a method, whose name may not be known yet. @typedef {(method: Function, wrapping: Wrapping & { isLate: boolean }) => any} Wrap */

/**
 * What a decorator returns.
 * @param {string} where
 * @param {any} target
 * @param {unknown[]} decorated what a decorator is given behind its target
 * @param {Wrap} wrap
 */
export function decorateMethod(where, target, decorated, wrap) {
  const [about, descriptor] = /** @type {any[]} */ (decorated);
  if (typeof about === "string" || typeof about === "symbol")
    return decorateDescriptor(where, target, about, descriptor, wrap);
  if (!isContext(about)) return wrapPlain(where, target, wrap);
  if (about.kind !== "method") throw refusal(`${where} decorates methods, got a ${about.kind} (${String(about.name)})`);
  return decorateByLanguage(checkFunction(target, where), about, wrap);
}

/**
 * Refuses to be a decorator.
 * @param {string} where
 * @param {unknown[]} decorated
 */
export function refuseDecorator(where, [about]) {
  if (typeof about === "string" || typeof about === "symbol" || isContext(about)) {
    throw refusal(`${where} is no decorator, because a loader has no \`this\`: let it wrap a function`);
  }
}

/**
 * A function that was given with more arguments, as `map` does.
 * @param {string} where
 * @param {any} fn
 * @param {Wrap} wrap
 */
function wrapPlain(where, fn, wrap) {
  return wrap(checkFunction(fn, where), { fn, name: ownName(fn), isLate: false });
}

/**
 * @param {Function} method
 * @param {{ name: string | symbol, static?: boolean, addInitializer?: (initialize: (this: any) => void) => void }} context
 * @param {Wrap} wrap
 */
function decorateByLanguage(method, context, wrap) {
  const isLate = typeof context.addInitializer === "function";
  /** The class, once there is an instance. @type {string | undefined} */
  let className;
  const wrapping = {
    fn: method,
    isLate,
    get name() {
      return methodName(className, context.name, method);
    },
  };
  const wrapped = wrap(method, wrapping);
  context.addInitializer?.(function () {
    if (className !== undefined) return;
    className = String(context.static ? this.name : classOf(this, context.name, wrapped)?.name);
    // Takes the name, so that misuse throws in the first constructor.
    definitionOf(wrapped)?.entities;
  });
  return wrapped;
}

/**
 * The class that has a method, from an instance of it or of a subclass.
 * @param {object} instance
 * @param {string | symbol} name
 * @param {Function} method
 */
function classOf(instance, name, method) {
  for (let owner = Object.getPrototypeOf(instance); owner !== null; owner = Object.getPrototypeOf(owner)) {
    if (Object.getOwnPropertyDescriptor(owner, name)?.value === method) return owner.constructor;
  }
  // A private method, or one that another decorator has wrapped.
  return instance.constructor;
}

/**
 * @param {string} where
 * @param {any} target the prototype of the class, or the class of a static method
 * @param {string | symbol} name
 * @param {any} descriptor
 * @param {Wrap} wrap
 */
function decorateDescriptor(where, target, name, descriptor, wrap) {
  if (typeof descriptor?.value !== "function") {
    const given = typeof descriptor === "object" && descriptor !== null ? "an accessor" : describe(descriptor);
    throw refusal(
      `legacy decorators need a method: ${where} decorates \`${String(name)}\` with (target, name, descriptor), and the descriptor has no method (got ${given})`,
    );
  }
  const method = checkFunction(descriptor.value, where);
  const { name: className } = typeof target === "function" ? target : target.constructor;
  const wrapped = wrap(method, { fn: method, name: methodName(className, name, method), isLate: false });
  copyMetadata(method, wrapped);
  return { ...descriptor, value: wrapped };
}

/**
 * @param {string | undefined} className
 * @param {string | symbol} name
 * @param {Function} method
 */
function methodName(className, name, method) {
  const own = typeof name === "string" ? name : ownName(method);
  return className ? `${className}.${own}` : own;
}

/**
 * Frameworks keep what their own decorators say of a method as metadata of the function (reflect-metadata).
 * @param {Function} from
 * @param {Function} to
 */
function copyMetadata(from, to) {
  const { getOwnMetadataKeys, getOwnMetadata, defineMetadata } = /** @type {any} */ (Reflect);
  if (typeof getOwnMetadataKeys !== "function") return;
  for (const key of getOwnMetadataKeys(from)) defineMetadata(key, getOwnMetadata(key, from), to);
}

/** @param {any} about */
const isContext = (about) => typeof about === "object" && about !== null && typeof about.kind === "string";

/** @param {string} message */
const refusal = (message) => new ConfigError("ERR_CACHEREF_FUNCTION", message);
