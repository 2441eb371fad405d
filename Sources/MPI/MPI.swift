// Module MPI.
