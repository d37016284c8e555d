"""What licences say to those who make a model from another one: catalogue, ids, rules.

Facts with their clause, never legal advice.
"""
