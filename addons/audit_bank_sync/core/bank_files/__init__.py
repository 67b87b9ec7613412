"""Bank files read into plain values: camt.052/053/054, pain.002, MT940, MT942 and CSV. Begin at `bank_file`."""
