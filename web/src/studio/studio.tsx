/** The administrator's rooms. */
export const Studio = () => <h1>Studio</h1>;
