"""The parts of scripts/chaos, from the bottom up: processes, run_files, tally, jobs, runs, and the two
kinds of faults, file_faults and process_faults."""
