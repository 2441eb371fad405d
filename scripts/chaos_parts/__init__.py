"""The parts of scripts/chaos, from the bottom up: processes, run_files, tally, hosts, jobs, cluster_jobs,
runs, and the kinds of faults, file_faults, process_faults and cluster_faults."""
