-- The logs that this one goes on from, each as far as the two are one.
CREATE TABLE former_epochs (
    epoch TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    last_id BIGINT NOT NULL CHECK (last_id >= 0)
);
