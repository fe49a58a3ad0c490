-- The logs that this one goes on from, each as far as the two are one: `hubbub restore` gives the log a new epoch.
CREATE TABLE former_epochs (
    epoch TEXT NOT NULL PRIMARY KEY,
    last_id INTEGER NOT NULL CHECK (last_id >= 0)
) STRICT, WITHOUT ROWID;
