export default () => <p>The routes beside this page are what is asked.</p>;
