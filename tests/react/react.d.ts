/** What js/react uses of React. Its own types are not among our packages. */

declare module "react" {
  export function use<T>(promise: PromiseLike<T>): T;
  export function startTransition(action: () => unknown): void;
  export function useTransition(): [isPending: boolean, start: (action: () => unknown) => void];
  export function useReducer<T>(reducer: (state: T) => T, initial: T): [T, () => void];
  export function useCallback<F>(callback: F, dependencies: unknown[]): F;
  export function useEffect(effect: () => undefined | (() => void), dependencies?: unknown[]): void;
}
