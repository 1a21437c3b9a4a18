/** The data of the API, in memory: people, projects and their tasks. */
const people = new Map(
  [
    { id: 1, name: "Ada", role: "mathematician" },
    { id: 2, name: "Grace", role: "admiral" },
    { id: 3, name: "Hedy", role: "inventor" },
    { id: 4, name: "Radia", role: "engineer" },
    { id: 5, name: "Mary", role: "physicist" },
  ].map((person) => [person.id, person]),
);
const projects = new Map(
  [
    { id: 1, title: "Analytical engine", members: [1, 2] },
    { id: 2, title: "Spanning tree", members: [4] },
    { id: 3, title: "Frequency hopping", members: [3, 1] },
    { id: 4, title: "Compiler", members: [2, 5] },
  ].map((project) => [project.id, project]),
);
const tasks = new Map(
  [
    { id: 1, project: 1, title: "Order the brass", person: 1, isDone: true },
    { id: 2, project: 1, title: "Write the note on loops", person: 1, isDone: false },
    { id: 3, project: 1, title: "Find the moth", person: 2, isDone: false },
    { id: 4, project: 2, title: "Draw the loop", person: 4, isDone: true },
    { id: 5, project: 2, title: "Write the poem", person: 4, isDone: false },
    { id: 6, project: 3, title: "Tune the piano rolls", person: 3, isDone: false },
    { id: 7, project: 3, title: "File the patent", person: 1, isDone: false },
    { id: 8, project: 4, title: "Cut the nanoseconds", person: 2, isDone: true },
    { id: 9, project: 4, title: "Print the manual", person: 5, isDone: false },
  ].map((task) => [task.id, task]),
);

/** @param {number} id */
const tasksOf = (id) => [...tasks.values()].filter(({ project }) => project === id);
/** @param {number} id */
const nameOf = (id) => ({ id, name: people.get(id)?.name });

/** @type {Record<string, (id: number, body: any) => unknown>} */
export const api = {
  "GET projects": (id) => {
    if (Number.isNaN(id)) {
      return [...projects.values()].map(({ id, title, members }) => ({
        id,
        title,
        members: members.map(nameOf),
        tasks: tasksOf(id).map(({ id, isDone }) => ({ id, isDone })),
      }));
    }
    const project = projects.get(id);
    return (
      project && {
        ...project,
        members: project.members.map((member) => people.get(member)),
        tasks: tasksOf(id).map((task) => ({ ...task, person: nameOf(task.person) })),
      }
    );
  },
  "GET people": (id) => {
    const person = people.get(id);
    const isMember = (/** @type {{ members: number[] }} */ { members }) => members.includes(id);
    return (
      person && { ...person, projects: [...projects.values()].filter(isMember).map(({ id, title }) => ({ id, title })) }
    );
  },
  "PUT people": (id, { name }) => {
    const person = people.get(id);
    if (person) person.name = String(name).trim().slice(0, 40) || person.name;
    return person;
  },
  "PUT tasks": (id, { isDone }) => {
    const task = tasks.get(id);
    if (task) task.isDone = isDone === true;
    return task;
  },
};
