//! The neural network of *Linear All the Way Down*, small enough to read in one sitting.
