// Module GradientReduction.
