"""What employers give on top of the reward."""
