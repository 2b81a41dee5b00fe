"""SavedModel folders: objects, their functions as compiled programs, their variables (tf.saved_model)."""
