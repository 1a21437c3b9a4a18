/** A list, the details of a project and of a person, and two edits. Each part of the page shows one cached call. */
import { getPerson, getProject, listProjects, rename, setDone } from "./calls.js";
import { byId, element } from "./element.js";
import { endForetelling, foretell, write } from "./panel.js";
import { show, showAgain } from "./show.js";

/** @typedef {{ id: number, name: string }} Person */
/** @typedef {{ id: number, isDone: boolean }} Task */

const chosen = { project: 1, person: 1 };
let endProject = () => {};
let endPerson = () => {};

/** @param {number} id */
function openProject(id) {
  chosen.project = id;
  markChosen();
  endProject();
  endProject = show(byId("project"), getProject, [id], renderProject);
}

/** @param {number} id */
function openPerson(id) {
  chosen.person = id;
  markChosen();
  endPerson();
  endPerson = show(byId("person"), getPerson, [id], renderPerson);
}

/** What is open beside a list is marked in that list. */
function markChosen() {
  for (const button of document.querySelectorAll("button[data-opens]")) {
    const [kind, id] = /** @type {HTMLElement} */ (button).dataset.opens?.split(" ") ?? [];
    button.setAttribute("aria-pressed", String(chosen[/** @type {keyof typeof chosen} */ (kind)] === Number(id)));
  }
}

/**
 * @param {"project" | "person"} kind
 * @param {number} id
 * @param {string} className
 * @param {...(Node | string)} children
 */
function opener(kind, id, className, ...children) {
  const onclick = () => (kind === "project" ? openProject(id) : openPerson(id));
  const place = className === "row" ? "list" : "details";
  return element(
    "button",
    {
      type: "button",
      id: `${place}-${kind}-${id}`,
      className,
      onclick,
      "data-opens": `${kind} ${id}`,
      "aria-pressed": String(chosen[kind] === id),
    },
    ...children,
  );
}

/** @param {Person} person */
const avatar = ({ id, name }) =>
  element("span", { className: "avatar", "aria-hidden": "true", style: `--hue: ${id * 67}` }, name.slice(0, 2));

/** @param {{ id: number, title: string, members: Person[], tasks: Task[] }[]} projects */
function renderProjects(projects) {
  return projects.map(({ id, title, members, tasks }) => {
    const done = tasks.filter(({ isDone }) => isDone).length;
    const names = members.map(({ name }) => name).join(", ");
    const text = element("span", { className: "text" }, element("b", {}, title), element("small", {}, names));
    return opener("project", id, "row", text, element("small", {}, `${done} of ${tasks.length} done`));
  });
}

/** @param {{ title: string, members: (Person & { role: string })[], tasks: (Task & { title: string, person: Person })[] }} project */
function renderProject({ title, members, tasks }) {
  const people = members.map((person) => opener("person", person.id, "chip", avatar(person), person.name));
  const items = tasks.map(({ id, title, isDone, person }) => {
    const box = element("input", { type: "checkbox", id: `task-${id}`, checked: isDone });
    const label = element("label", {}, box, element("span", {}, title), element("small", {}, person.name));
    box.onchange = () => write(() => /** @type {any} */ (setDone)(id, /** @type {any} */ (box).checked));
    label.onpointerenter = () => foretell("task", id);
    label.onpointerleave = endForetelling;
    return element("li", {}, label);
  });
  return [
    element("h3", {}, title),
    element("div", { className: "chips" }, ...people),
    element("ul", { className: "tasks" }, ...items),
  ];
}

/** @param {Person & { role: string, projects: { title: string }[] }} person */
function renderPerson({ id, name, role, projects }) {
  const input = element("input", { id: "name", value: name, required: true, maxLength: 40, autocomplete: "off" });
  const form = element(
    "form",
    { className: "edit" },
    element("label", { htmlFor: "name" }, "Name"),
    element("span", {}, input, element("button", { id: "save", className: "main" }, "Save")),
  );
  form.onsubmit = (event) => {
    event.preventDefault();
    write(() => /** @type {any} */ (rename)(id, /** @type {any} */ (input).value));
  };
  input.oninput = () => foretell("person", id);
  return [
    element(
      "div",
      { className: "who" },
      avatar({ id, name }),
      element("span", {}, element("h3", {}, name), element("small", {}, role)),
    ),
    element("p", {}, `Works on ${projects.map(({ title }) => title).join(" and ")}.`),
    form,
  ];
}

byId("again").onclick = showAgain;
show(byId("projects"), listProjects, [], renderProjects);
openProject(1);
openPerson(1);
